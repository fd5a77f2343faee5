from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
exclude_patterns += ["deep/draft.*"]
