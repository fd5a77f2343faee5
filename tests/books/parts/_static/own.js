window.ofTheBook = true;
