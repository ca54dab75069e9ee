import { lines, nothing, Script, sh } from '../../shell/script.ts'
import type { Apply, Plan } from '../define.ts'
import type { AptState } from '../apt.ts'
import type { AptWish } from './apt-args.ts'
import { upgradeWords } from './apt-extras.ts'
import { aptFunctions, aptInstall, withPolicyRcD } from './apt-get.ts'
import { aptWord, packageTimeout } from './apply.ts'
import { workOn } from './plan.ts'

/** Fetch, install, upgrade, remove, sweep up: in this order, each only where the plan found something to do. */
export function applyApt(wish: AptWish, state: AptState, plan: Plan): Apply {
  const work = workOn(wish, state.packages)
  const { extras } = wish
  const fetch = plan.changes.some(({ what }) => what.startsWith('fetch the package lists'))
  const stale = wish.updateCache && (state.packages.listsAge ?? Infinity) >= wish.cacheValidTime
  // Everything wanted is given when new lists may tell of newer versions; apt leaves alone what is the newest.
  const add = fetch && wish.want === 'latest' ? wish.specs : [...work.install, ...work.upgrade]
  const deb = state.extras.deb && !state.extras.deb.newEnough && extras.deb !== undefined ? [extras.deb] : []
  const flags = [...wish.flags, ...(wish.extras.autoremove ? ['--auto-remove'] : [])]
  const remove = work.remove.map((spec) => (spec.architecture ? `${spec.name}:${spec.architecture}` : spec.name))
  const script = lines(
    aptFunctions(wish.options),
    fetch || (stale && add.length + deb.length > 0) ? new Script('_update must') : nothing,
    aptInstall([...add.map(aptWord), ...deb], flags),
    extras.upgrade !== 'no' ? sh`_install ${upgradeWords(extras)} ${[...wish.flags]}` : nothing,
    remove.length > 0 ? sh`_apt remove ${removeFlags(wish)} -- ${remove} || _explain 'apt-get remove'` : nothing,
    extras.autoremove && extras.upgrade === 'no'
      ? sh`_apt autoremove ${extras.purge ? ['--purge'] : []} || _explain 'apt-get autoremove'`
      : nothing,
    extras.autoclean ? new Script(`_apt autoclean || _explain 'apt-get autoclean'`) : nothing,
    extras.clean ? new Script(`_apt clean || _explain 'apt-get clean'`) : nothing,
  )
  return { script: withPolicyRcD(wish.policyRcD, script), timeout: packageTimeout }
}

function removeFlags({ extras }: AptWish): string[] {
  return [...(extras.purge ? ['--purge'] : []), ...(extras.autoremove ? ['--auto-remove'] : [])]
}
