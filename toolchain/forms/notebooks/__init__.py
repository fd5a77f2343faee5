"""The notebooks to download: written into archives, offered on the site, and read for the checks."""
