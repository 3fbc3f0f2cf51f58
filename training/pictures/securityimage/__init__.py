"""The captchas of Perl's GD::SecurityImage."""
