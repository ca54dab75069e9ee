// The suites read the variant when they are loaded, so it is named before that.
process.env['SALLYPORT_TEST_IPTABLES'] = 'legacy'

await import('./drift.test.ts')
await import('./laws.test.ts')
await import('./atomic.test.ts')
await import('./packets.test.ts')
await import('./rules.test.ts')

export {}
