#!/usr/bin/env perl

=head1 SYNOPSIS

draw.pl [--count 2000] [--out data] [--seed 1] [options]

Draws labelled captchas into a folder, by GD::SecurityImage as it comes. Files are named
<digits>-<random>.png, and none is ever overwritten. Same seed, same pictures.

=head1 OPTIONS

  --font FILE           TrueType or OpenType, by its full path
  --size 20             points
  --digits 0123456789   that can come
  --length 6            how many a captcha has
  --style ellipse       or default, rect, box, circle, ec, blank
  --lines 20            how many lines or ellipses
  --particles 250       0: none
  --dots 1              pairs of pixels that a particle has
  --background '#dddddd'
  --ink '#000000'       of digits and particles
  --line '#000000'      of lines and frame
  --columns             put the digits where the article saw them

=cut

use strict;
use warnings;

use Fcntl qw(O_CREAT O_EXCL O_WRONLY);
use File::Path qw(make_path);
use FindBin;
use lib $FindBin::Bin;
use Drawing;

my %option = Drawing::options( count => 2000, out => 'data', seed => 1 );
my $out    = $option{out};
make_path( $out, { error => \my $errors } );
Drawing::refuse("$out cannot be written to") if @$errors || !-w $out;

srand $option{seed};
for ( 1 .. $option{count} ) {
    my ( $png, $digits ) = Drawing::picture(%option);
    my $file;
    my $most = 10_000;
    until ( sysopen $file, "$out/$digits-" . int( rand $most ) . '.png', O_CREAT | O_EXCL | O_WRONLY )
    {
        Drawing::refuse("$out cannot be written to: $!") unless $!{EEXIST};
        $most *= 10;
    }
    binmode $file;
    ( print {$file} $png and close $file ) or Drawing::refuse("$out cannot be written to: $!");
}
print "$option{count} captchas drawn into $out\n";
