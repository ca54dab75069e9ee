import type { Trial } from '../trial.ts'

/** Modules that only look at a host. */
export const lookTrials: readonly Trial[] = [
  { module: 'slurp', name: 'a text', start: 'printf "one\\ntwo" >{{dir}}/a', args: { src: '{{dir}}/a' } },
  { module: 'slurp', name: 'bytes', start: 'printf "\\0\\377x" >{{dir}}/a', args: { path: '{{dir}}/a' } },
  { module: 'slurp', name: 'nothing', start: ': >{{dir}}/a', args: { src: '{{dir}}/a' } },
  { module: 'slurp', name: 'a directory', args: { src: '{{dir}}' } },
  { module: 'slurp', name: 'what is not there', args: { src: '{{dir}}/no' } },
  { module: 'getent', name: 'one user', args: { database: 'passwd', key: 'root' } },
  { module: 'getent', name: 'users', args: { database: 'passwd' }, live: true },
  { module: 'getent', name: 'groups', args: { database: 'group', service: 'files' }, live: true },
  { module: 'getent', name: 'a service', args: { database: 'services', key: 'ssh' } },
  { module: 'getent', name: 'a split of its own', args: { database: 'services', key: 'ssh', split: '/' } },
  { module: 'getent', name: 'an unknown key', args: { database: 'passwd', key: 'nobody-knows' } },
  {
    module: 'getent',
    name: 'an unknown key, forgiven',
    args: { database: 'passwd', key: 'nobody-knows', fail_key: false },
  },
  { module: 'getent', name: 'an unknown database', args: { database: 'nonsense' } },
  { module: 'getent', name: 'several entries of one key', args: { database: 'ahosts', key: '127.0.0.1' } },
  // The archive may file a package under another section than the package itself says.
  { module: 'package_facts', name: 'all packages', args: {}, live: true, except: ['category'] },
  {
    module: 'package_facts',
    name: 'of all managers',
    args: { manager: ['apt'], strategy: 'all' },
    live: true,
    except: ['category'],
  },
  { module: 'service_facts', name: 'all services', args: {}, live: true },
]
