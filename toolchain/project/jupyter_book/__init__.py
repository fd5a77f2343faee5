"""A folder of Jupyter Book 1: what its `_config.yml` and `_toc.yml` say becomes what book.toml and toctrees would say."""
