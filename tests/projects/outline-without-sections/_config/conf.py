from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
latex_elements = {**latex_elements, "preamble": latex_elements["preamble"] + r"\hypersetup{bookmarksdepth=0}"}
