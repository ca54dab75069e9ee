import fc from 'fast-check'

// The same random cases every time: a CI job must not fail for a rarity found by chance. SEED=N looks for more.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['SEED'] ?? 1) })
