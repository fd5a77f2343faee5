from toolchain.sphinxext import configuration

globals().update(configuration(__file__)
