"""Pictures: where they stand on the page."""

from docutils import nodes


def centre_images(doctree: nodes.document) -> None:
    """Centre every image that stands alone as a figure's image is: a plot without a caption, a paragraph's only child."""
    for image in list(doctree.findall(nodes.image)):
        alone = isinstance(image.parent, nodes.paragraph) and len(image.parent) == 1
        if alone and not isinstance(image.parent.parent, nodes.entry):
            image.parent.replace_self(image)
        if not isinstance(image.parent, nodes.figure | nodes.TextElement) and "align" not in image:
            image["align"] = "center"
