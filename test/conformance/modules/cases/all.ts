import type { Trial } from '../trial.ts'
import { findTrials } from './find.ts'
import { lookTrials } from './looks.ts'

export const trials: readonly Trial[] = [...findTrials, ...lookTrials]
