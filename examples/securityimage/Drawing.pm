# Draws a captcha with GD::SecurityImage, and has the options that draw.pl and site.pl share.
package Drawing;

use strict;
use warnings;

use GD::SecurityImage;
use Getopt::Long ();
use Pod::Usage ();

our %DEFAULTS = (
    font       => '/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf',
    size       => 20,            # points: 27 pixels at GD's resolution
    digits     => '0123456789',  # the digits that can occur
    length     => 6,
    style      => 'ellipse',     # or default, rect, box, circle, ec, blank
    lines      => 20,
    particles  => 250,           # 0: none
    dots       => 1,             # pairs of pixels per particle
    background => '#dddddd',
    ink        => '#000000',     # colour of digits and particles
    line       => '#000000',     # colour of lines and frame
    columns    => 0,             # 1: put the digits at the article's columns
    sums       => 0,             # 1: draw sums such as 12+7 instead
);

# The columns of the middles of the article's digits.
my @MIDDLES = ( 30, 70, 128, 183, 230, 273 );

# Parses the options of a program: those above, and its own with their defaults. If they are
# wrong, ends the program with an error message and status 2.
sub options {
    my (%own) = @_;
    my %option = ( %DEFAULTS, %own );
    my %form   = map { $_ => $option{$_} =~ /^\d+$/ ? '=i' : '=s' } keys %option;
    @form{qw(digits size columns sums)} = ( '=s', '=f', '!', '!' );
    local $SIG{__WARN__} = sub { refuse( $_[0] =~ s/\n//r ) };
    Getopt::Long::GetOptions( \%option, 'help', map { "$_$form{$_}" } keys %form );
    Pod::Usage::pod2usage( -exitval => 0, -verbose => 1 ) if $option{help};
    refuse("unexpected argument $ARGV[0]") if @ARGV;
    refuse("no style $option{style}: default, rect, box, circle, ellipse, ec or blank")
        unless GD::SecurityImage->can("style_$option{style}");
    refuse('size, length, lines and dots must be 1 or more') if grep { $_ < 1 } @option{qw(size length lines dots)};
    refuse('--digits must not be empty') unless length $option{digits};
    for my $colour (qw(background ink line)) {
        refuse("$colour is not a colour such as #dddddd: $option{$colour}")
            unless $option{$colour} =~ /^#[0-9a-f]{6}$/i;
    }
    refuse( '--columns is for ' . @MIDDLES . ' digits' )
        if $option{columns} && $option{length} != @MIDDLES;
    refuse('--sums cannot stand at the columns') if $option{columns} && $option{sums};
    refuse("$option{font} cannot be read as a font")
        unless GD::Image->stringFT( 0, $option{font}, $option{size}, 0, 0, 0, '0' );
    return %option;
}

sub refuse {
    my ($why) = @_;
    print STDERR "error: $why\n";
    exit 2;
}

# Draws a new captcha; returns its PNG, its text and the right answer.
sub picture {
    my (%option) = @_;
    my @numbers = $option{sums} ? map { 1 + int rand 20 } 1 .. 2 : ();
    my $sum = join '+', @numbers;
    my $image = GD::SecurityImage->new(
        width    => 310,
        height   => 80,
        font     => $option{font},
        ptsize   => $option{size},
        rnd_data => [ split //, $option{digits} ],
        rndmax   => $sum ? length $sum : $option{length},
        lines    => $option{lines},
        bgcolor  => $option{background},
        scramble => !$sum,    # a + that is turned looks like an x
        frame    => 1,
    );
    bless $image, 'Drawing::AtColumns' if $option{columns};
    $image->random($sum);
    $image->create( 'ttf', @option{qw(style ink line)} );
    $image->particle( @option{qw(particles dots)} ) if $option{particles};
    my ( $png, undef, $text ) = $image->out( force => 'png' );
    return ( $png, $text, $sum ? $numbers[0] + $numbers[1] : $text );
}

# The library, except that the middles of the digits are at the article's columns.
package Drawing::AtColumns;

our @ISA = 'GD::SecurityImage';

sub _insert_text_ttf_scramble {
    my ( $self, $digits, $ink ) = @_;
    my ( undef, $step ) = $self->ttf_info( 0, 'A' );
    my @rows = map { ( $_ * $step, -$_ * $step ) } 1.2, 1, 1 / 2, 1 / 4, 1 / 8;
    for my $position ( 0 .. $#MIDDLES ) {
        my $digit = substr $digits, $position, 1;
        my $angle = $self->random_angle;
        my ( $x, $y ) = $self->ttf_info( $angle, $digit );
        $x += $MIDDLES[$position];
        $y += $self->{height} / 2 + $rows[ rand @rows ];
        my $turn = Math::Trig::deg2rad($angle);
        $self->{image}->stringFT( $ink, @$self{qw(font ptsize)}, $turn, $x, $y, $digit );
    }
    return;
}

1;
