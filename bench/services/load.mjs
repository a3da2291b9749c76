// Runs inside a node's network: `load.mjs URL SECONDS CONNECTIONS` makes a new connection for every request and prints how
// many requests were answered in a second.
import { Agent, get } from 'node:http'

const [url, seconds, connections] = process.argv.slice(2)
const agent = new Agent({ keepAlive: false, maxSockets: Infinity })
const end = performance.now() + Number(seconds) * 1000
let answered = 0
const one = () =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume()
      response.on('end', resolve)
    }).on('error', reject)
  })
const began = performance.now()
await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    while (performance.now() < end) {
      await one()
      answered++
    }
  }),
)
process.stdout.write(`${(answered / (performance.now() - began)) * 1000}\n`)
