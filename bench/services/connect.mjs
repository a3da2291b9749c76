// `connect.mjs HOST:PORT COUNT` connects so often, one after the other, and prints how long each took in milliseconds.
import { once } from 'node:events'
import { connect } from 'node:net'

const [host, port] = process.argv[2].split(':')
for (let i = 0; i < Number(process.argv[3]); i++) {
  const began = performance.now()
  const socket = connect({ host, port: Number(port) })
  await once(socket, 'connect')
  process.stdout.write(`${performance.now() - began}\n`)
  socket.destroy()
}
