// `transfer.mjs URL` fetches a large body a few times over one connection and prints how many megabytes came in a second.
import { Agent, get } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const fetchOnce = () =>
  new Promise((resolve, reject) => {
    get(process.argv[2], { agent }, (response) => {
      let bytes = 0
      response.on('data', (piece) => (bytes += piece.length))
      response.on('end', () => resolve(bytes))
    }).on('error', reject)
  })
await fetchOnce()
const began = performance.now()
let bytes = 0
for (let i = 0; i < 8; i++) bytes += await fetchOnce()
process.stdout.write(`${bytes / 1e3 / (performance.now() - began)}\n`)
