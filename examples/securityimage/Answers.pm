# Stores the expected answer of each session, in a folder that the processes of a site share.
package Answers;

use strict;
use warnings;

use File::Path qw(make_path);

# $lifetime: the seconds for which an answer is valid.
sub new {
    my ( $class, $folder, $lifetime ) = @_;
    make_path($folder);
    return bless { folder => $folder, lifetime => $lifetime }, $class;
}

# Sets the expected answer of a session, and drops the previous one.
sub keep {
    my ( $self, $id, $answer ) = @_;
    my $file = "$self->{folder}/$id";
    open my $new, '>', "$file.new$$" or die "$file.new$$: $!";
    ( print {$new} $answer and close $new ) or die "$file.new$$: $!";
    rename "$file.new$$", $file or die "$file: $!";
    return;
}

# Removes the answer of a session and returns it; undef if there is none or it has expired.
# If two processes call this at the same time, only one gets the answer, because only one can
# rename the file.
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
