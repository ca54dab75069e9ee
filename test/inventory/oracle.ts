import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Value } from '../../src/source/value.ts'

/** A question to Ansible's own code. All of one call are answered by one process: starting Ansible takes 0.7 s. */
export type Question =
  | {
      readonly ask: 'inventory'
      readonly sources: readonly string[]
      readonly patterns?: readonly string[]
      readonly limit?: string
      readonly playbookDir?: string
      readonly password?: string
      readonly exported?: boolean
    }
  | { readonly ask: 'yaml'; readonly text: string }
  | { readonly ask: 'key-values'; readonly text: string }
  | { readonly ask: 'literal'; readonly text: string }
  | { readonly ask: 'words'; readonly text: string }
  | { readonly ask: 'encrypt'; readonly text: string; readonly password: string; readonly id: string }
  | { readonly ask: 'decrypt'; readonly text: string; readonly password: string; readonly id: string }

export type Answer = { readonly value: Value } | { readonly error: string }

const PROGRAM = `
import json, sys, os, warnings, datetime
warnings.simplefilter('ignore')
from ansible.parsing.dataloader import DataLoader
from ansible.inventory.manager import InventoryManager
from ansible.vars.manager import VariableManager
from ansible.parsing.utils.yaml import from_yaml
from ansible import context
from ansible.cli.inventory import InventoryCLI
from ansible.parsing.yaml.objects import AnsibleVaultEncryptedUnicode
from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.utils.context_objects import CLIArgs
from ansible.parsing.splitter import parse_kv
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins.inventory.ini import InventoryModule as Ini
from ansible.utils.shlex import shlex_split
from ansible.utils.display import Display
Display.display = lambda self, *a, **k: None
import ansible.inventory.group

class OrderedSet(dict):
    # Ansible walks from groups to their children through sets, so that the order of hosts further down is chance in
    # every process anew. Ours is that of the declaration, which is what these give.
    def __init__(self, items=()):
        super().__init__((item, None) for item in items)
    def add(self, item):
        self[item] = None
    def remove(self, item):
        del self[item]
    def update(self, items):
        super().update((item, None) for item in items)
    def difference_update(self, items):
        for item in items:
            self.pop(item, None)

ansible.inventory.group.set = OrderedSet

def spelled(value):
    if isinstance(value, dict):
        return {('true' if k is True else 'false' if k is False else 'null' if k is None else str(k)): spelled(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [spelled(v) for v in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2 ** 53 - 1:
        return str(value)
    if isinstance(value, float) and (value != value or value in (float('inf'), float('-inf'))):
        return str(value)
    # JSON keeps the sign of a zero, JSON.stringify drops it.
    if isinstance(value, float) and value == 0:
        return 0
    if isinstance(value, (datetime.date, datetime.datetime)):
        return str(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)

def tagged(value):
    # Big numbers and dates are text with us; what is encrypted or unsafe stays what it is.
    if isinstance(value, dict):
        return {k: tagged(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [tagged(v) for v in value]
    return value if isinstance(value, (str, AnsibleVaultEncryptedUnicode)) else spelled(value)

def inventory(q):
    loader = DataLoader()
    if q.get('password'):
        loader.set_vault_secrets([('default', VaultSecret(q['password'].encode()))])
    if q.get('playbookDir'):
        loader.set_basedir(q['playbookDir'])
    inv = InventoryManager(loader=loader, sources=q['sources'])
    variables = VariableManager(loader=loader, inventory=inv, version_info={})
    variables.safe_basedir = bool(q.get('playbookDir'))
    context.CLIARGS = CLIArgs({'export': bool(q.get('exported')), 'basedir': q.get('playbookDir')})
    cli = InventoryCLI(['ansible-inventory', '--list'])
    cli.loader, cli.inventory, cli.vm = loader, inv, variables
    listing = tagged(cli.json_inventory(inv.groups['all']))
    answer = {'list': json.loads(json.dumps(listing, cls=AnsibleJSONEncoder, preprocess_unsafe=True)), 'groupNames': {}, 'patterns': {}}
    for name, host in list(inv.hosts.items()):
        answer['groupNames'][name] = variables.get_vars(host=host, include_hostvars=False, stage='all')['group_names']
    if q.get('limit'):
        inv.subset(q['limit'])
    for pattern in q.get('patterns', []):
        try:
            answer['patterns'][pattern] = [h.name for h in inv.get_hosts(pattern)]
        except Exception as e:
            answer['patterns'][pattern] = 'error: ' + str(e)
    return answer

def vault(q):
    return VaultLib([(q['id'], VaultSecret(q['password'].encode()))])

ANSWERS = {
    'inventory': inventory,
    'yaml': lambda q: from_yaml(q['text']),
    'key-values': lambda q: parse_kv(q['text']),
    'literal': lambda q: Ini._parse_value(q['text']),
    'words': lambda q: shlex_split(q['text'], comments=True),
    'encrypt': lambda q: vault(q).encrypt(q['text'].encode(), VaultSecret(q['password'].encode()), vault_id=q['id']).decode(),
    'decrypt': lambda q: vault(q).decrypt(q['text'].encode()).decode(),
}

out = []
for q in json.load(sys.stdin):
    try:
        out.append({'value': spelled(ANSWERS[q['ask']](q))})
    except Exception as e:
        out.append({'error': type(e).__name__ + ': ' + str(e)})
json.dump(out, sys.stdout)
`

/** The interpreter Ansible was installed for; another Python would not find it. */
function findPython(): string | undefined {
  try {
    const command = execFileSync('sh', ['-c', 'command -v ansible-inventory'], { encoding: 'utf8' }).trim()
    const [, python] = /^#!\s*(\S+)/.exec(readFileSync(command, 'utf8')) ?? []
    return python
  } catch {
    return undefined
  }
}

const python = findPython()

/** Call first in a suite: skips it, saying so, where there is no Ansible. A CI that has none is misconfigured. */
export function requireAnsible(context: Mocha.Context): void {
  if (python !== undefined) return
  if (process.env.CI === 'true')
    throw new Error('ansible-core is not installed: the comparison with Ansible cannot run')
  context.test?.parent?.suites.forEach((suite) => (suite.title += ' (skipped: ansible-core is not installed)'))
  context.skip()
}

export async function askAnsible(questions: readonly Question[]): Promise<readonly Answer[]> {
  if (python === undefined) throw new Error('ansible-core is not installed')
  const child = spawn(python, ['-c', PROGRAM], {
    // Its own folder would shadow Python's modules: -c puts the current one in front of the search path.
    cwd: '/',
    env: { ...process.env, LC_ALL: 'C.UTF-8', PYTHONSAFEPATH: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(JSON.stringify(questions))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (stdout === '') throw new Error(`Ansible gave no answers: ${stderr}`)
  const answers: unknown = JSON.parse(stdout)
  if (!isAnswers(answers)) throw new Error('Ansible gave something else than answers')
  return answers
}

async function text(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function isAnswers(value: unknown): value is Answer[] {
  return Array.isArray(value) && value.every((answer) => typeof answer === 'object' && answer !== null)
}
