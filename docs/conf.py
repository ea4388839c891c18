"""The settings of Sphinx, which makes the site of these pages: sh scripts/docs."""

from demijohn import __version__

project = "Demijohn"
author = "The Demijohn authors"
project_copyright = "The Demijohn authors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
# Pages show files that are wrong on purpose.
suppress_warnings = ["misc.highlighting_failure"]

# Pages are plain Markdown that GitHub shows as well; links to headings are checked.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# The reference is made from signatures and docstrings. A single backtick in a docstring is code.
default_role = "code"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
# What overrides something of SQLAlchemy's would show its docstring, and link into its documentation.
autodoc_inherit_docstrings = False
autodoc_default_options = {"members": True, "show-inheritance": True}
python_maximum_signature_line_length = 80

copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
html_title = "Demijohn"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6e4f", "color-brand-content": "#0b6e4f"},
    "dark_css_variables": {"color-brand-primary": "#6fcf97", "color-brand-content": "#6fcf97"},
}
pygments_style = "default"
pygments_dark_style = "github-dark"
