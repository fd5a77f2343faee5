"""Pages as notebooks in JupyterLab: what an author has not changed there stays in the file as it is, to the byte."""
