from toolchain.sphinxext import configuration

globals().update(configuration(__file__))


def setup(app):
    app.connect("config-inited", lambda _app, config: config.exclude_patterns.append("deep/draft.*"))
