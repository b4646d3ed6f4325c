# Does with Cache::Memcached or Cache::Memcached::Fast what test/clients/driver.ts asks for.
# Arguments: the port; the module; the parser, where Cache::Memcached is to take another one than its own.
use strict;
use warnings;
use MIME::Base64 ();

my ($port, $module, $parser) = @ARGV;
my $isFast = $module eq 'Cache::Memcached::Fast';
my $server = "127.0.0.1:$port";
eval "require $module" or die $@;
# Where it is installed, Cache::Memcached would take another one by itself.
$parser //= 'Cache::Memcached::GetParser';
my $memcached = $module->new({
    servers => [$server],
    $isFast ? (io_timeout => 10, failure_timeout => 1) : (select_timeout => 10, parser_class => $parser),
    compress_threshold => 1000,
});
my %own = (list => [1, 2.5, undef, 'x'], text => 'a' x 20_000);

sub encode { defined $_[0] ? MIME::Base64::encode($_[0], '') : '-' }
sub found { defined $_[0] ? 'ok ' . encode($_[0]) : 'no' }
sub stored { $_[0] ? 'ok' : 'error not stored' }

sub same {
    my ($value) = @_;
    no warnings 'uninitialized';
    return ref $value eq 'HASH' && $value->{text} eq $own{text} && "@{$value->{list}}" eq "@{$own{list}}";
}

sub answer {
    my ($verb, $key, $value, @more) = @_;
    return stored($memcached->set($key, MIME::Base64::decode($value))) if $verb eq 'set';
    return found(scalar $memcached->get($key)) if $verb eq 'get';
    if ($verb eq 'many') {
        my @keys = ($key, $value, @more);
        my $values = $memcached->get_multi(@keys);
        return join ' ', 'ok', map { encode($values->{$_}) } @keys;
    }
    return $memcached->delete($key) ? 'ok' : 'no' if $verb eq 'delete';
    if ($verb eq 'stat' || $verb eq 'version') {
        return found($memcached->server_versions->{$server}) if $isFast && $verb eq 'version';
        return 'unsupported' if $isFast;
        my $stats = $memcached->stats('misc')->{hosts}{$server}{misc};
        return found($stats->{$verb eq 'stat' ? $key : 'version'});
    }
    if ($verb eq 'set-own') {
        $memcached->enable_compress(1);
        $isFast or $memcached->set_compress_threshold(1000);
        return stored($memcached->set($key, \%own));
    }
    return same(scalar $memcached->get($key)) ? 'ok' : 'no' if $verb eq 'get-own';
}

$| = 1;
while (my $line = <STDIN>) {
    chomp $line;
    print eval { answer(split / /, $line) } // "error $@", "\n";
}
