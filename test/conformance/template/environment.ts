const fixed = { TZ: 'UTC', SALLYPORT_TEST: 'set', HOME: '/home/someone' }

/** Gives this process the environment that ansible-core is asked in; returns what puts its own back. */
export function enterEnvironment(): () => void {
  const own = Object.keys(fixed).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, fixed)
  return () => {
    for (const [name, value] of own)
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
  }
}
