import type { Files } from '../../source/temporary.ts'

/** An inventory that Ansible and we must read alike, and patterns over it. */
export interface Case {
  readonly name: string
  readonly files: Files
  /** Relative to the folder of the files; `hosts` when not given. */
  readonly sources?: readonly string[]
  readonly patterns?: readonly string[]
  readonly limit?: string
  readonly playbookDir?: string
  readonly password?: string
  /** Listed as `--export` does, with variables where they are set. */
  readonly exported?: boolean
}

const FLEET = `[web]
web[01:05].example.com

[db]
db1 ansible_host=10.0.0.1
db2
shared

[cache]
shared
lone-cache

[prod:children]
web
db

[empty]

[prod:vars]
tier=prod
`

const VAULTED = `$ANSIBLE_VAULT;1.1;AES256
30396432623239363562306566336636383964386364643738643463646662336137613061316437
3534613630363338343538643364633136316366656230350a653962386663643737613439653635
66613839636638643932336634333666613562373662353135663934323762623838323365303539
3432333665333235380a616331383166353639346461623839353632353530303933353531313531
3938
`

export const handWritten: readonly Case[] = [
  {
    name: 'YAML: groups, ranges, ports, variables at every level',
    files: {
      'hosts.yml': `all:
  hosts:
    lonely:
    alone: {x: 1}
  vars: {a: all, b: all, c: [1, 2]}
  children:
    web:
      hosts:
        web[01:03].x:2222: {p: 1, b: host}
        edge: {ansible_host: 10.0.0.9}
      vars: {a: web, "80": text, yes: true}
      children:
        front: {hosts: {f1: , f2: {q: !unsafe "{{ x }}"}}, vars: {a: front}}
    db: {hosts: {db1: {}, web01.x: {}}}
    none:
`,
    },
    sources: ['hosts.yml'],
    patterns: [
      'all',
      'web',
      'front',
      'ungrouped',
      'none',
      'web:!front',
      'all:&db',
      'web[0]',
      'web[1:2]',
      'web[-1]',
      'w*',
      '~f\\d',
      '~(web|db)',
    ],
  },
  {
    name: 'YAML: short forms, several top-level groups, ungrouped',
    files: {
      'hosts.yml': `web: {hosts: w1}
ungrouped: {hosts: {u1: , w1: }}
db:
  children: dbs
dbs:
  hosts: {d1: , d2: }
empty:
`,
    },
    sources: ['hosts.yml'],
    patterns: ['all', 'db', 'ungrouped', 'empty', '!w1', '&dbs', '!dbs:!w1', 'd1,d1,dbs'],
  },
  {
    name: 'JSON, and YAML without an extension',
    files: {
      'a.json': '{"all": {"hosts": {"j1": {"n": 1e3, "t": "1e3"}}, "children": {"g": {"hosts": {"j2": null}}}}}',
      b: 'all:\n  hosts:\n    y1:\n',
    },
    sources: ['a.json', 'b'],
    patterns: ['all', 'g'],
  },
  {
    name: 'YAML scalars, merge keys, duplicate keys',
    files: {
      'hosts.yml': `all:
  vars:
    mode: 0644
    flag: on
    word: y
    nothing: ~
    sexagesimal: 22:22
    float: 1.5
    exp: 1e3
    base: &base {p: 1, q: 2}
    merged: {<<: *base, q: 3}
    twice: 1
    twice: 2
    block: |
      one
       two
    folded: >-
      one
      two
    day: 2024-01-02
    stamp: 2024-01-02T03:04:05.250Z
    big: 12345678901234567890
    jinja: "{{ undefined_thing }}"
  hosts: {h: }
`,
    },
    sources: ['hosts.yml'],
  },
  {
    name: 'INI: sections, children before their declaration, comments, values',
    files: {
      hosts: `# comment
; another
first   # before any section
second:2200 a=1 b='two words' c="x # y" d=x#y e=[1,2] f=yes g=True h=None i=0644 j=80,443 k="'text'"

[web]
web[1:3] ansible_user=deploy
[2001:db8::1]:2222
192.168.0.[1:2]
 indented  x=1

[parent:children]
later
web   # comment

[later]
l[a:c]

[grand:children]
parent

[web:vars]
a = 1
b = text with spaces
c = "quoted"   # comment
d = {'k': [1, 'v']}
e = value # kept
f=
g = 1.5
ansible_group_priority = 5

[all:vars]
everywhere=True
`,
    },
    patterns: [
      'all',
      'grand',
      'parent',
      'web',
      'ungrouped',
      'grand:!later',
      'web[0]',
      'web[2:3]',
      '192.168.0.1',
      '192.168.0.*',
    ],
  },
  { name: 'INI: a single line of hosts', files: { hosts: 'a b=1\nc\n' }, patterns: ['all', 'a'] },
  {
    name: 'patterns over a fleet',
    files: { hosts: FLEET },
    patterns: [
      'all',
      '*',
      'prod',
      'web',
      'web,db',
      'web:db',
      'prod:!web',
      'prod:&cache',
      'all:!prod',
      'shared',
      'db[0]',
      'db[0:1]',
      'db[1:]',
      'db[-1]',
      'db[5]',
      'web[0:99]',
      'web*',
      '*.example.com',
      'web0[12]*',
      'db?',
      '~web0[1-2]',
      '~.*example',
      '~^db\\d$',
      'web01.example.com',
      'cache:db',
      'db:cache',
      '!web',
      '&web',
      '!web:!db',
      'empty',
      'empty:web',
      'web:web',
      'localhost',
      'web:localhost',
      'prod[0]',
      'prod[1:2]',
      'al*',
      'ungr*',
      'db[0]:web[1]',
    ],
  },
  {
    name: 'patterns under a limit',
    files: { hosts: FLEET },
    limit: 'web02*,db,!db2',
    patterns: ['all', 'web', 'cache', 'prod', 'db', 'empty'],
  },
  {
    name: 'depth, priority and names decide between groups',
    files: {
      hosts: `[a]
h
[b]
h
[c]
h
[deep]
h
[mid:children]
deep
[b:vars]
v=b
ansible_group_priority=10
[a:vars]
v=a
[c:vars]
v=c
[deep:vars]
w=deep
[mid:vars]
w=mid
[all:vars]
v=all
w=all
`,
    },
  },
  {
    name: 'group_vars and host_vars beside the inventory, in every form',
    files: {
      'inv/hosts': '[web]\nw1 o=line\n[db]\nd1\n[web:vars]\no=section\ns=section\n[all:vars]\no=all\nt=all-section\n',
      'inv/group_vars/all.yml': 't: all-file\nu: all-file\no: all-file\n',
      'inv/group_vars/web/b.yml': 'u: web-b\nz: b\n',
      'inv/group_vars/web/a.yml': 'u: web-a\ny: a\nz: a\n',
      'inv/group_vars/web/sub/deep.json': '{"deep": 1}',
      'inv/group_vars/web/.hidden.yml': 'hidden: 1\n',
      'inv/group_vars/web/backup.yml~': 'backup: 1\n',
      'inv/group_vars/web/notes.txt': 'notes\n',
      'inv/group_vars/web/sub.d/x.yml': 'never: 1\n',
      'inv/group_vars/web.yml': 'ignored: because the folder exists\n',
      'inv/group_vars/db.json': '{"j": true}',
      'inv/group_vars/ungrouped': 'never: 1\n',
      'inv/host_vars/w1': 'o: host-file\n',
      'inv/host_vars/d1.yaml': 'k: yaml\n',
      'inv/host_vars/d1.json': '{"k": "json"}',
    },
    sources: ['inv/hosts'],
  },
  {
    name: 'group_vars and host_vars beside the playbook win over those beside the inventory',
    files: {
      'inv/hosts': '[web]\nw1\n[sub]\nw1\n[web:children]\nsub\n',
      'inv/group_vars/all.yml': 'a: inv-all\nb: inv-all\nc: inv-all\nd: inv-all\n',
      'inv/group_vars/web.yml': 'b: inv-web\nc: inv-web\nd: inv-web\n',
      'inv/group_vars/sub.yml': 'e: inv-sub\nd: inv-sub\n',
      'inv/host_vars/w1.yml': 'f: inv-host\ng: inv-host\n',
      'play/group_vars/all.yml': 'a: play-all\nb: play-all\n',
      'play/group_vars/web.yml': 'c: play-web\ne: play-web\n',
      'play/host_vars/w1.yml': 'g: play-host\n',
    },
    sources: ['inv/hosts'],
    playbookDir: 'play',
  },
  {
    name: 'several sources, in order',
    files: {
      'one/hosts': '[web]\nw1 a=1 b=1\nw2\n[web:vars]\nv=1\n',
      'one/group_vars/web.yml': 'g: 1\nh: 1\n',
      'two/hosts.yml': 'all: {children: {web: {hosts: {w3: , w1: {a: 2}}, vars: {v: 2}}, db: {hosts: {d1: }}}}\n',
      'two/group_vars/web.yml': 'g: 2\n',
      'two/group_vars/all.yml': 'h: all-2\n',
    },
    sources: ['one/hosts', 'two/hosts.yml'],
    patterns: ['all', 'web'],
  },
  {
    name: 'a folder of inventories: sorted, some left out, one inside another',
    files: {
      'inv/20-db.yml': 'db: {hosts: {d1: {x: 20}, w1: {x: 20}}}\n',
      'inv/10-web': '[web]\nw1 x=10\nw2 x=10\n',
      'inv/30/more': '[more]\nm1\n',
      'inv/README.md': 'not an inventory: {{\n',
      'inv/old.ini': '[nothing]\nn1\n',
      'inv/notes.txt': 'x\n',
      'inv/.hidden': '[hidden]\n',
      'inv/hosts.orig': '[orig]\no1\n',
      'inv/group_vars/all.yml': 'where: folder\n',
      'inv/30/group_vars/all.yml': 'where: inner\n',
      'inv/host_vars/m1.yml': 'm: 1\n',
    },
    sources: ['inv'],
    patterns: ['all', 'web', 'more'],
  },
  { name: 'a host list', files: {}, sources: ['a,b:2200, c.example.com ,'], patterns: ['all', 'a', 'ungrouped', 'c*'] },
  { name: 'a host list of one, with an address', files: {}, sources: ['10.0.0.1,'], patterns: ['all', '10.0.0.1'] },
  {
    name: 'a host list beside a file',
    files: { 'inv/hosts': '[g]\na x=1\n' },
    sources: ['inv/hosts', 'a,z'],
    patterns: ['all', 'g'],
  },
  {
    name: 'a script with _meta',
    files: {
      'inv.sh': `#!/bin/sh
[ "$1" = --list ] || exit 3
cat <<'END'
{"web": {"hosts": ["s1", "s2"], "vars": {"a": 1}, "children": ["sub"]}, "sub": ["s3"], "s4": {"direct": true},
 "_meta": {"hostvars": {"s1": {"x": [1, {"y": "z"}]}, "s3": {"q": "{{ r }}"}, "unknown": {"n": 1}}}}
END
`,
    },
    sources: ['inv.sh'],
    patterns: ['all', 'web', 'sub'],
  },
  {
    name: 'a script without _meta is asked for each host',
    files: {
      'inv.sh': `#!/bin/sh
case "$1" in
--list) echo '{"web": ["s1", "s2"], "all": {"vars": {"everywhere": 1}}}' ;;
--host) [ "$2" = s1 ] && echo '{"own": "'"$2"'"}' || echo '{}' ;;
esac
`,
    },
    sources: ['inv.sh'],
    patterns: ['all'],
  },
  {
    name: 'encrypted variables: a whole file and one value',
    files: {
      hosts: '[web]\nw1\n',
      'group_vars/all.yml': `inline: !vault |\n${VAULTED.replace(/^/gm, '  ').trimEnd()}\n`,
    },
    password: 'pw',
  },
  {
    name: 'localhost in the inventory under another of its names',
    files: { hosts: '127.0.0.1 ansible_connection=local\n[g]\nx\n' },
    patterns: ['localhost', '127.0.0.1', 'all'],
  },
  {
    name: 'a group and a host of the same name; names with dashes and dots',
    files: { hosts: '[web]\nweb\nother\n[web-1]\na.b\n[web.x]\nc\n' },
    patterns: ['web', 'web-1', 'web.x', 'all', 'a.b'],
  },
]
