/** What upstream's agnhost does in tests of Services: a server that says its name and repeats what it hears, and somebody who asks it. */

/** A server's ports. */
export const [HTTP, UDP] = [8080, 8081]

/** Names itself over HTTP and UDP in both families, and says again what comes as `/echo?msg=…` or `echo …`. */
export const netexec: readonly string[] = [
  'node',
  '-e',
  `const name = require('os').hostname()
  require('http').createServer(({ url }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://netexec')
    response.end(pathname === '/echo' ? searchParams.get('msg') : name)
  }).listen(${HTTP}, '::')
  const udp = require('dgram').createSocket('udp6')
  udp.on('message', (heard, { port, address }) => udp.send(String(heard).startsWith('echo ') ? heard.subarray(5) : name, port, address))
  udp.bind(${UDP}, '::')`,
]

/** Asks \`tries\` times, each time from a port of its own, and prints what it heard as JSON, each answer once. */
const DIALER = `
const [protocol, host, port, tries, message = ''] = process.argv.slice(1)
const http = () => new Promise((resolve) => {
  const path = message === '' ? '/' : '/echo?msg=' + encodeURIComponent(message)
  const request = require('http').get({ host, port, path, agent: false, timeout: 2000 }, async (response) => {
    let text = ''
    for await (const piece of response) text += piece
    resolve(text)
  })
  request.on('timeout', () => request.destroy(new Error('timeout'))).on('error', (error) => resolve('failed: ' + error.message))
})
const udp = () => new Promise((resolve) => {
  const socket = require('dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const end = (text) => { clearTimeout(timer); socket.close(); resolve(text) }
  const timer = setTimeout(end, 2000, 'failed: timeout')
  socket.on('message', (heard) => end(String(heard))).on('error', (error) => end('failed: ' + error.message))
  socket.send(message === '' ? 'hostname' : 'echo ' + message, port, host)
})
;(async () => {
  const heard = new Set()
  for (let i = 0; i < tries; i++) heard.add(await { http, udp }[protocol]())
  console.log(JSON.stringify([...heard].sort()))
})()`

export type Protocol = 'http' | 'udp'

export interface Dial {
  readonly protocol: Protocol
  readonly host: string
  readonly port: number
  /** How often; 12 when left out: each of two endpoints is then missed once in two thousand times. */
  readonly tries?: number
  /** What is to be said again; left out, names are asked for. */
  readonly message?: string
}

/** The command that asks, whose output is for {@link JSON.parse}: strings, sorted, each once. */
export const dialer = ({ protocol, host, port, tries = 12, message = '' }: Dial): readonly string[] => [
  'node',
  '-e',
  DIALER,
  protocol,
  host,
  String(port),
  String(tries),
  message,
]

/** A Pod with a server in it, ready when it answers. */
export const netserver = (name: string, labels: Readonly<Record<string, string>>, spec: object): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'host', command: netexec, readinessProbe: { tcpSocket: { port: HTTP } } }],
    ...spec,
  },
})
