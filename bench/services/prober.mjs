// Runs inside a node's network. For each `ip port` line on standard input, connects until it gets through, with a new
// attempt every millisecond because one that was dropped says nothing, and prints when that was, in nanoseconds.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

for await (const line of createInterface({ input: process.stdin })) {
  const [host, port] = line.split(' ')
  await new Promise((resolve) => {
    const sockets = new Set()
    const attempt = () => {
      const socket = connect({ host, port: Number(port) })
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('connect', () => {
        const now = process.hrtime.bigint()
        clearInterval(timer)
        for (const each of sockets) each.destroy()
        if (sockets.size > 0) process.stdout.write(`${now}\n`)
        sockets.clear()
        resolve()
      })
    }
    const timer = setInterval(attempt, 1)
    attempt()
  })
}
