"""What ansible.utils.ipaddr answers: python3 oracle.py >answers.json, then prettier --write answers.json.

It needs that collection and netaddr, which come with Debian's packages ansible and python3-netaddr; the tests only
need the answers.
"""

import json

from ansible_collections.ansible.utils.plugins.plugin_utils.base.ipaddr_utils import ipaddr

values = [
    '192.168.1.5', '192.168.1.5/24', '192.168.1.0/24', '10.0.0.1/32', 'fe80::1', 'fe80::1/10',
    '2001:db8:32c:faad::5/64', '2001:db8::/32', '::1', 'text', '', '300.1.1.1', '1.2.3.4/33', '1.2.3.4/255.0.255.0',
    True, False, 0, 3232235777, ['192.168.1.5/24', 'x', '2001:db8::1/64', '10.0.0.0/8', ''],
    '192.168.1.5/255.255.255.0', '127.0.0.1', '224.0.0.1', '239.1.2.3', '8.8.8.8', '8.8.8.8/16', '1.2.3.4/31',
    '1.2.3.5/31', '1.2.3.5/30', '1.2.3.4/30', '1.2.3.7/30', '192.168.1.255/24', '192.168.1.254/24', '0.0.0.0/0',
    '::ffff:1.2.3.4', '::ffff:1.2.3.4/120', '2001:DB8::A/128', 'fc00::1', 'ff02::1', '100.64.1.1', '198.19.0.1',
    '192.0.2.1', '255.255.255.0', '0.0.0.255', '169.254.1.1',
]
queries = [
    '', 'address', 'ip', 'network', 'network_id', 'netmask', 'prefix', 'host', 'host/prefix', 'address/prefix',
    'hostnet', 'broadcast', 'subnet', 'network/prefix', 'size', 'net', 'public', 'private', 'ipv4', 'ipv6', 'wrap',
    'bool', 'int', 'gateway', 'gw', 'router', 'first_usable', 'last_usable', 'hostmask', 'wildcard',
    'network_netmask', 'network_wildcard', 'ip/prefix', 'ip_netmask', 'version', 'type', 'revdns', 'unicast',
    'multicast', 'loopback', 'lo', 'link-local', 'peer', 'range_usable', 'size_usable', 'next_usable',
    'previous_usable', 'cidr', '192.168.0.0/16', '2001:db8::/32', '192.168.1.5', '1', '-1', '5', '0', '300',
    'nonsense',
]


def ask(value, query):
    try:
        return ipaddr(value, query)
    except Exception:
        return {"error": True}


answers = []
for value in values:
    said = {query: ask(value, query) for query in queries}
    for version in (4, 6):
        said["|ipv%d" % version] = ipaddr(value, "", version=version)
    answers.append([value, said])
print(json.dumps(answers))
