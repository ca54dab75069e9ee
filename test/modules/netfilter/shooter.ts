import { fire, type Shot } from './shots.ts'

/** A program that fires from the network namespace it is started in: shots as JSON in, what came back as JSON out. */
const shots = JSON.parse(process.argv[2] ?? '[]') as readonly Shot[]
process.stdout.write(JSON.stringify(await Promise.all(shots.map(fire))))
