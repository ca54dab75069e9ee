import type { Trial } from '../trial.ts'
import { actionTrials } from './actions.ts'
import { aptRepositoryTrials } from './apt-repository.ts'
import { findTrials } from './find.ts'
import { lookTrials } from './looks.ts'
import { unarchiveTrials } from './unarchive.ts'
import { uriTrials } from './uri.ts'

export const trials: readonly Trial[] = [
  ...actionTrials,
  ...aptRepositoryTrials,
  ...findTrials,
  ...lookTrials,
  ...unarchiveTrials,
  ...uriTrials,
]
