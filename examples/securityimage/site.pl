#!/usr/bin/env perl

=head1 SYNOPSIS

site.pl [--port 8000] [options]

Serves a small site as GD::SecurityImage is meant for: a form with a captcha, which the library
draws anew each time the browser loads the picture. The site keeps one answer per session, which
is valid once, and expires.

=head1 OPTIONS

  --host 127.0.0.1        address to listen on
  --port 8000             port to listen on
  --lifetime 120          seconds for which an answer is valid
  --state FOLDER          folder for sessions and answers; by default a temporary one
  --workers 4             number of processes

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
  --sums                  show sums such as 12+7, whose value is the answer

=cut

use strict;
use utf8;
use warnings;

use Cwd qw(abs_path);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use lib $FindBin::Bin;
use Plack::Builder;
use Plack::Handler::Starman;
use Plack::Request;
use Plack::Session::State::Cookie;
use Plack::Session::Store::File;

use Answers;
use Drawing;

my %option = Drawing::options(
    host     => '127.0.0.1',
    port     => 8000,
    lifetime => 120,
    state    => '',
    workers  => 4,
);
my $state    = $option{state} || tempdir( CLEANUP => 1 );
my $sessions = "$state/sessions";
make_path( $sessions, { error => \my $errors } );
Drawing::refuse("$state cannot be written to") if @$errors || !-w $sessions;
$_ = abs_path($_) for $state, $sessions;
my $answers = Answers->new( "$state/answers", $option{lifetime} );

my %MESSAGES = (
    wrong => 'That is not what the picture asks for. Please try this one.',
    gone  => 'That picture is too old, or was answered already. Please try this one.',
);

my ( $task, $field, $most )
    = $option{sums}
    ? ( 'work out the sum in this picture', 'The value of the sum', 3 )
    : ( 'copy the digits of this picture', "The $option{length} digits", $option{length} );

sub page {
    my ( $title, $main ) = @_;
    my $page = <<"HTML";
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>$title – The Camel Post</title>
  <link rel="icon" href="data:,">
  <style>
    body { margin: 3rem auto; width: 310px; background: #fbf7ec; color: #2b2418;
           font: 1rem/1.5 Georgia, serif; }
    h1 { margin: 0 0 1rem; padding-bottom: 0.5rem; border-bottom: 3px double #b08d4c;
         font-size: 1.5rem; }
    #failure { color: #9c2a21; }
    #success { color: #22683f; }
    #captcha { display: block; }
    label { display: block; margin-top: 1rem; }
    input { box-sizing: border-box; width: 100%; padding: 0.4rem; font: 1.25rem monospace;
            letter-spacing: 0.3em; }
    button { margin-top: 1rem; padding: 0.4rem 1.25rem; font: inherit; }
    a { color: #7a5a17; }
  </style>
</head>
<body>
<h1>The Camel Post</h1>
$main
</body>
</html>
HTML
    utf8::encode($page);
    return [ 200, [ 'Content-Type' => 'text/html; charset=utf-8' ], [$page] ];
}

sub form {
    my ($failure) = @_;
    my $message = $failure ? qq(<p id="failure" role="alert">$MESSAGES{$failure}</p>) : '';
    my $fresh   = int rand 1e9;    # a new address, so that no browser shows an old picture
    return page( 'Sign the guest book', <<"HTML");
$message
<p>To sign the guest book, $task.</p>
<form method="post" action="/">
  <img id="captcha" src="/captcha.png?$fresh" width="310" height="80" alt="captcha">
  <a id="refresh" href="/">Another picture</a>
  <label for="answer">$field</label>
  <input id="answer" name="answer" maxlength="$most" autocomplete="off"
         inputmode="numeric" required>
  <button id="submit">Sign</button>
</form>
HTML
}

sub respond {
    my ($env)   = @_;
    my $request = Plack::Request->new($env);
    my $session = $env->{'psgix.session'};
    my $id      = $env->{'psgix.session.options'}{id};
    my $asked   = $request->method . ' ' . $request->path;

    if ( $asked eq 'GET /' ) {
        return form();
    }
    if ( $asked eq 'GET /captcha.png' ) {
        my ( $png, undef, $answer ) = Drawing::picture(%option);
        $answers->keep( $id, $answer );
        return [ 200, [ 'Content-Type' => 'image/png' ], [$png] ];
    }
    if ( $asked eq 'POST /' ) {
        my $answer = $answers->take($id);
        return form('gone') unless defined $answer;
        return form('wrong') unless ( $request->parameters->get('answer') // '' ) eq $answer;
        $session->{signed} = 1;
        return [ 303, [ Location => '/signed' ], [] ];
    }
    if ( $asked eq 'GET /signed' ) {
        return [ 303, [ Location => '/' ], [] ] unless delete $session->{signed};
        return page( 'Thank you',
            '<p id="success" role="status">Thank you, the guest book is signed.</p>' );
    }
    return [ 404, [ 'Content-Type' => 'text/plain' ], ["not found\n"] ];
}

my $app = builder {
    enable 'Session',
        state => Plack::Session::State::Cookie->new( httponly => 1, samesite => 'Lax' ),
        store => Plack::Session::Store::File->new( dir => $sessions );
    sub {
        my $response = respond(@_);
        push @{ $response->[1] }, 'Cache-Control' => 'no-store';
        return $response;
    };
};

$| = 1;
my $ready = sub { print "serving http://$option{host}:$option{port}/\n" };
Plack::Handler::Starman->new(
    ( map { $_ => $option{$_} } qw(host port workers) ),
    server_ready         => $ready,
    net_server_log_level => 1,
)->run($app);
