"""Frames have a title on the site: what is known of each that has none."""

import re

import pytest

from toolchain.sphinxext.site.frames import titled

PAGE = "Waves & <tides>"
TITLES = {
    '<iframe src="https://films.example/embed/x?a=1"></iframe>': "films.example",
    "<IFRAME width='1' title='' src=w.html></IFRAME>": "w.html",
    '<iframe\n  src="a/b%20c.html"\n></iframe>': "b c.html",
    '<iframe src="https://somebody:secret@films.example/x"></iframe>': "films.example",
    '<iframe title src=x.html>A film: <a href="q">of waves &amp; tides</a></iframe>': "A film: of waves &amp; tides",
    '<iframe srcdoc="&lt;title&gt;A map&lt;/title&gt;"></iframe>': "A map",
    '<iframe srcdoc="<b>x</b>"></iframe>': "Waves &amp; &lt;tides&gt;",
    '<iframe src="data:text/html,x"></iframe>': "Waves &amp; &lt;tides&gt;",
    '<iframe data-title="A" src="http://[x"></iframe>': "Waves &amp; &lt;tides&gt;",
    '<iframe src="x.html?title=a">never closed': "never closed",
}
AS_THEY_ARE = (
    '<iframe title="A film" src=x></iframe>',
    "<iframe aria-label='A film' src=x></iframe>",
    "<iframe hidden src=x></iframe><iframe aria-hidden=true src=x></iframe>",
    '<script>"<iframe src=x>"</script><style><iframe></style><!-- <iframe src=y> -->',
    '<p data-x="<iframe src=z>"><textarea><iframe src=x></textarea><iframes src=x>',
)


@pytest.mark.parametrize("frame", TITLES)
def test_a_frame_without_title_has_what_is_known_of_it(frame: str) -> None:
    made = titled(f"<p>Before</p>{frame}", PAGE)

    assert f'<iframe title="{TITLES[frame]}"' in made
    assert len(re.findall(r"\stitle[\s=]", made)) == 1
    assert titled(made, PAGE) == made


@pytest.mark.parametrize("html", AS_THEY_ARE)
def test_what_has_a_title_or_is_no_frame_stays(html: str) -> None:
    assert titled(html, PAGE) == html
