# One captcha as GD::SecurityImage draws it, with the options that draw.pl and site.pl share.
package Drawing;

use strict;
use warnings;

use GD::SecurityImage;
use Getopt::Long ();
use Pod::Usage ();

our %DEFAULTS = (
    font       => '/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf',
    size       => 20,            # points: 27 pixels at GD's resolution
    digits     => '0123456789',  # that can come
    length     => 6,
    style      => 'ellipse',     # or default, rect, box, circle, ec, blank
    lines      => 20,
    particles  => 250,           # 0: none
    dots       => 1,             # pairs of pixels that a particle has
    background => '#dddddd',
    ink        => '#000000',     # of digits and particles
    line       => '#000000',     # the colour of lines and frame
    columns    => 0,             # 1: the digits where the article saw them
);

# The middles of the article's digits.
my @MIDDLES = ( 30, 70, 128, 183, 230, 273 );

# All options of a program: these, and its own with their defaults. Ends it with one line and
# status 2 where they are wrong.
sub options {
    my (%own) = @_;
    my %option = ( %DEFAULTS, %own );
    my %form   = map { $_ => $option{$_} =~ /^\d+$/ ? '=i' : '=s' } keys %option;
    @form{qw(digits size columns)} = ( '=s', '=f', '!' );
    local $SIG{__WARN__} = sub { refuse( $_[0] =~ s/\n//r ) };
    Getopt::Long::GetOptions( \%option, 'help', map { "$_$form{$_}" } keys %form );
    Pod::Usage::pod2usage( -exitval => 0, -verbose => 1 ) if $option{help};
    refuse("unexpected argument $ARGV[0]") if @ARGV;
    refuse("no style $option{style}: default, rect, box, circle, ellipse, ec or blank")
        unless GD::SecurityImage->can("style_$option{style}");
    refuse('size, length, lines and dots are 1 or more') if grep { $_ < 1 } @option{qw(size length lines dots)};
    refuse('digits are needed to draw') unless length $option{digits};
    for my $colour (qw(background ink line)) {
        refuse("$colour is not a colour such as #dddddd: $option{$colour}")
            unless $option{$colour} =~ /^#[0-9a-f]{6}$/i;
    }
    refuse( '--columns is for ' . @MIDDLES . ' digits' )
        if $option{columns} && $option{length} != @MIDDLES;
    refuse("$option{font} cannot be read as a font")
        unless GD::Image->stringFT( 0, $option{font}, $option{size}, 0, 0, 0, '0' );
    return %option;
}

sub refuse {
    my ($why) = @_;
    print STDERR "error: $why\n";
    exit 2;
}

# A fresh captcha: its PNG, and the digits that it shows.
sub picture {
    my (%option) = @_;
    my $image = GD::SecurityImage->new(
        width    => 310,
        height   => 80,
        font     => $option{font},
        ptsize   => $option{size},
        rnd_data => [ split //, $option{digits} ],
        rndmax   => $option{length},
        lines    => $option{lines},
        bgcolor  => $option{background},
        scramble => 1,
        frame    => 1,
    );
    bless $image, 'Drawing::AtColumns' if $option{columns};
    $image->random;
    $image->create( 'ttf', @option{qw(style ink line)} );
    $image->particle( @option{qw(particles dots)} ) if $option{particles};
    my ( $png, undef, $digits ) = $image->out( force => 'png' );
    return ( $png, $digits );
}

# The library as it is, but that each digit's middle is where the article saw one.
package Drawing::AtColumns;

our @ISA = 'GD::SecurityImage';

sub _insert_text_ttf_scramble {
    my ( $self, $digits, $ink ) = @_;
    my ( undef, $step ) = $self->ttf_info( 0, 'A' );
    my @rows = map { ( $_ * $step, -$_ * $step ) } 1.2, 1, 1 / 2, 1 / 4, 1 / 8;
    for my $place ( 0 .. $#MIDDLES ) {
        my $digit = substr $digits, $place, 1;
        my $angle = $self->random_angle;
        my ( $x, $y ) = $self->ttf_info( $angle, $digit );
        $x += $MIDDLES[$place];
        $y += $self->{height} / 2 + $rows[ rand @rows ];
        my $turn = Math::Trig::deg2rad($angle);
        $self->{image}->stringFT( $ink, @$self{qw(font ptsize)}, $turn, $x, $y, $digit );
    }
    return;
}

1;
