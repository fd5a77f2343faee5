// Draws the charts of a page from their tables, with the libraries that were loaded before this file.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const failed = (place) => (error) => {
    place.textContent = `This chart cannot be drawn: ${error.message}`;
  };
  for (const script of document.querySelectorAll("script[data-chart]")) {
    const place = document.createElement("div");
    place.className = "output chart";
    script.after(place);
    const draw = async () => {
      const chart = JSON.parse(script.textContent);
      if (script.dataset.chart !== "plotly") return vegaEmbed(place, chart, { mode: script.dataset.chart });
      const { plotlyServerURL, ...config } = chart.config || {};
      const { data, layout, frames } = chart;
      return Plotly.newPlot(place, { data, layout, frames, config: { responsive: true, ...config } });
    };
    draw().catch(failed(place));
  }
});
