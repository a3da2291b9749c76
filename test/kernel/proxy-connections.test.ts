/** Connections that are hard to carry: to the same Pod by two ways, with stray packets, and large. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { curl, PODS, proxyNetwork, service, sh } from './proxy-network.ts'

/** Connects from each of some ports; the server closes first. */
const CALLER = `
const [host, port] = process.argv.slice(1)
for (let localPort = 40000; localPort < 40040; localPort++)
  require('net').connect({ host, port, localPort }).resume().write('GET / HTTP/1.0\\r\\n\\r\\n')`

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const { put } = proxyNetwork()

  test('a client that reaches a Pod by two ways from the same ports never waits for the other way [NET-9]', async () => {
    put(service('kubia', '10.96.0.10'), ['pod-a'])
    await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.10'), /^pod-a/))
    sh('ip netns exec pod-b sh -c "echo 2 > /proc/sys/net/ipv4/tcp_timestamps"')
    for (const way of [`${PODS['pod-a']} 8080`, '10.96.0.10 80']) {
      // With an entry of the other way the kernel would choose another port; those are gone when two minutes have passed.
      sh('conntrack -F 2>/dev/null')
      sh(`ip netns exec pod-b ${process.execPath} -e "${CALLER}" ${way}`)
    }
    assert.equal(netstat('pod-a', 'PAWSTimewait'), 0)
  })
})

/** A counter of `TcpExt` in a host's /proc/net/netstat. */
function netstat(host: string, name: string): number {
  const [names = '', values = ''] = sh(`ip netns exec ${host} cat /proc/net/netstat`)
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
  return Number(values.split(' ')[names.split(' ').indexOf(name)])
}
