# The answers that a site waits for, one a session, in a folder that its processes share.
package Answers;

use strict;
use warnings;

use File::Path qw(make_path);

# $lifetime: seconds that an answer holds.
sub new {
    my ( $class, $folder, $lifetime ) = @_;
    make_path($folder);
    return bless { folder => $folder, lifetime => $lifetime }, $class;
}

# From here on this answer, and no other, is right in the session of this id.
sub keep {
    my ( $self, $id, $answer ) = @_;
    my $file = "$self->{folder}/$id";
    open my $new, '>', "$file.new$$" or die "$file.new$$: $!";
    ( print {$new} $answer and close $new ) or die "$file.new$$: $!";
    rename "$file.new$$", $file or die "$file: $!";
    return;
}

# The answer of a session, which holds no more; undef where there is none, or it is too old.
# Of two processes that ask at once, one gets it: a file can be renamed away once.
sub take {
    my ( $self, $id ) = @_;
    my $file = "$self->{folder}/$id";
    rename $file, "$file.taken$$" or return;
    open my $taken, '<', "$file.taken$$" or die "$file.taken$$: $!";
    my $age    = time - ( stat $taken )[9];
    my $answer = <$taken>;
    unlink "$file.taken$$";
    return $age < $self->{lifetime} ? $answer : undef;
}

1;
