import type { Trial } from '../trial.ts'
import { actionTrials } from './actions.ts'
import { findTrials } from './find.ts'
import { lookTrials } from './looks.ts'

export const trials: readonly Trial[] = [...actionTrials, ...findTrials, ...lookTrials]
