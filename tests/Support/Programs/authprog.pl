#!/usr/bin/perl
# A program for authpipe in Perl: the accounts of authprog.sh. Its input is buffered, as Perl's usually is.
use strict;
use warnings;

$| = 1;
my $password = 'secret';
my %accounts = (
    john => sub { "UID=1000\nGID=1001\nHOME=/home/john\nADDRESS=john\@example.com\nNAME=John Q,Public\nMAILDIR=Maildir\n"
        . "QUOTA=100S\nPASSWD2=$password\nOPTIONS=disableimap=1\nCOLOUR=blue\n.\n" },
    mary => sub { "USERNAME=mary\nGID=0\nHOME=/home/mary\nADDRESS=mary\n.\n" },
);

sub account {
    my ($user) = @_;
    return "UID=2000\nGID=2000\nHOME=/home/$user\nADDRESS=$user\n.\n" if $user =~ /^u[0-9]/;
    return exists $accounts{$user} ? $accounts{$user}->() : "FAIL\n";
}

sub login {
    my ($length) = @_;
    read(STDIN, my $payload, $length) == $length or exit 1;
    my ($service, $type, $user, $given) = split /\n/, $payload;
    return $type eq 'login' && $given eq $password ? account($user) : "FAIL\n";
}

sub change {
    my ($service, $user, $old, $new) = split /\t/, $_[0];
    return "FAIL\n" unless $user eq 'john' && $old eq $password;
    $password = $new;
    return "OK\n";
}

print STDERR "authprog started\n";
while (my $line = <STDIN>) {
    chomp $line;
    print $line =~ /^PRE \. \S* (.*)/ ? account($1)
        : $line =~ /^AUTH (\d+)/ ? login($1)
        : $line =~ /^PASSWD (.*)/ ? change($1)
        : $line eq 'ENUMERATE' ? "# a comment\njohn\@example.com\t1000\t1001\t/home/john\tMaildir\tdisableimap=1\n"
            . "root\t0\t0\t/root\t\t\nmary\t1002\t1002\t/home/mary\n.\n"
        : "FAIL\n";
}
