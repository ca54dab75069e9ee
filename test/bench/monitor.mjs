/**
 * Measures the process it is loaded into (`node --import`), and writes what it cost into the file that
 * `SALLYPORT_MONITOR` names. Stalls count from the first connection on: before it nobody waits for anything.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
const connects = 'net.client.socket'
let firstMs = 0
const first = () => {
  unsubscribe(connects, first)
  const began = performance.now()
  setImmediate(() => {
    firstMs = performance.now() - began
    delay.reset()
  })
}
subscribe(connects, first)
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const cost = {
    cpuMs: (user + system) / 1000,
    maxRssMb: process.resourceUsage().maxRSS / 1024,
    stallMs: Math.max(firstMs, delay.max / 1e6),
  }
  writeFileSync(process.env.SALLYPORT_MONITOR, JSON.stringify(cost))
})
