"""The captchas that Perl's GD::SecurityImage draws."""
