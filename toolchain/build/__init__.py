"""The order: what a build does after what, when it need do nothing, and how what it leaves is looked after."""
