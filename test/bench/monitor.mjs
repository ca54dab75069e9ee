/**
 * Measures the process it is loaded into (`node --import`), and writes what it cost into the file that
 * `SALLYPORT_MONITOR` names.
 */
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const cost = {
    cpuMs: (user + system) / 1000,
    maxRssMb: process.resourceUsage().maxRSS / 1024,
    stallMs: delay.max / 1e6,
  }
  writeFileSync(process.env.SALLYPORT_MONITOR, JSON.stringify(cost))
})
