from toolchain.sphinxext import configuration

globals().update(configuration(__file__))

latex_elements["preamble"] += r"\usepackage{nosuchpackage}"
