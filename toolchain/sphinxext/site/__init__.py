"""The site: its theme, and what readers find on its pages besides the text. A module for each part says what and why."""
