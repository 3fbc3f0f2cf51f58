#!/usr/bin/env perl

=head1 SYNOPSIS

draw.pl [--count 2000] [--out data] [--seed 1] [options]

Draws labelled captchas into a folder, with GD::SecurityImage. Files are named
<text>-<random>.png, and existing files are never overwritten. The same seed gives the same
pictures.

=head1 OPTIONS

  --font FILE             full path of a TrueType or OpenType font
  --size 20               font size in points
  --digits 0123456789     digits that can occur
  --length 6              number of digits in a captcha
  --style ellipse         or default, rect, box, circle, ec, blank
  --lines 20              number of lines or ellipses
  --particles 250         number of particles; 0 for none
  --dots 1                pairs of pixels per particle
  --background '#dddddd'  background colour
  --ink '#000000'         colour of digits and particles
  --line '#000000'        colour of lines and frame
  --columns               put the digits at the article's columns
  --sums                  draw sums such as 12+7

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
    my ( $png, $text ) = Drawing::picture(%option);
    my $file;
    my $most = 10_000;
    until ( sysopen $file, "$out/$text-" . int( rand $most ) . '.png', O_CREAT | O_EXCL | O_WRONLY )
    {
        Drawing::refuse("$out cannot be written to: $!") unless $!{EEXIST};
        $most *= 10;
    }
    binmode $file;
    ( print {$file} $png and close $file ) or Drawing::refuse("$out cannot be written to: $!");
}
print "$option{count} captchas drawn into $out\n";
