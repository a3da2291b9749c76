/** Programs that are typed at: real kubectl, old and new, in a real terminal, which script(1) makes. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { kubectlPath, RELEASES } from '../../tools/kubectl.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { pod, podKit, sh, SLEEP } from './pod-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster({ nodes: 1 })
})
after(() => cluster.remove())

const { create, whenReady, field } = podKit(() => cluster)

/** A terminal of 30 rows and 100 columns in which a command runs. */
function terminal(command: string): {
  readonly shows: (what: RegExp) => Promise<void>
  readonly type: (text: string) => void
  readonly screen: () => string
  /** As when its window is closed. */
  readonly close: () => void
  readonly ended: Promise<number | null>
} {
  const script = ['--quiet', '--return', '--command', `stty rows 30 cols 100; ${command}`, '/dev/null']
  const child = spawn('script', script, { env: { ...cluster.env, SHELL: '/bin/sh', TERM: 'xterm' } })
  let seen = ''
  child.stdout.on('data', (piece: Buffer) => (seen += piece.toString().replaceAll('\r', '')))
  return {
    shows: (what) => eventually(() => assert.match(seen, what), { within: 20_000 }),
    type: (text) => void child.stdin.write(text),
    screen: () => seen,
    close: () => void child.kill(),
    ended: once(child, 'exit').then(([code]) => code as number | null),
  }
}

const times = (text: string, word: string): number => text.split(word).length - 1

for (const release of RELEASES) {
  const kubectl = (): Promise<string> => kubectlPath(release)
  const name = `typed-${release.replace('.', '-')}`

  test(`kubectl ${release} run -it --rm: a shell of the terminal's size, until it is left [POD-5]`, async () => {
    const { shows, type, ended, screen } = terminal(`${await kubectl()} run -it --rm ${name} --image=host --restart=Never -- sh`)
    await shows(/command prompt, try pressing enter/)
    // The size comes on its own way and may come after what is typed.
    type('until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; tty; echo $((40 + 2)) $TERM\n')
    await shows(/^\/dev\/pts\/0\n42 xterm$/m)
    type('exit 0\n')
    assert.equal(await ended, 0)
    assert.match(screen(), /pod "typed-.*" deleted/)
    await assert.rejects(cluster.kubectl(`get pod ${name}`), /NotFound/)
  })

  test(`kubectl ${release} attach -it shows what is said from now on, and leaves the program running [POD-5]`, async () => {
    const talker = sh('echo before; while read line; do [ "$line" = end ] && exit 4; echo said $line; done')
    await create(pod(`${name}-talk`, { ...talker, stdin: true, tty: true }, { restartPolicy: 'Never' }))
    await whenReady(`${name}-talk`)
    const first = terminal(`${await kubectl()} attach -it ${name}-talk`)
    await first.shows(/try pressing enter/)
    first.type('hello\n')
    await first.shows(/^said hello$/m)
    first.close()
    await first.ended
    const second = terminal(`${await kubectl()} attach -it ${name}-talk`)
    await second.shows(/try pressing enter/)
    second.type('again\n')
    await second.shows(/^said again$/m)
    assert.equal(times(second.screen(), 'said hello'), 0)
    second.type('end\n')
    // How the program ended is the Pod's to say, not attach's.
    assert.equal(await second.ended, 0)
    assert.equal(await field(`${name}-talk`, '{.status.containerStatuses[0].state.terminated.exitCode}'), '4')
  })
}

test('a terminal without input is one too, and its program is not told that its input has ended [POD-4]', async () => {
  await create(pod('lone', { ...sh('tty; stty size; cat; echo over'), tty: true }))
  await whenReady('lone')
  await eventually(async () => assert.equal(await cluster.kubectl('logs lone'), '/dev/pts/0\r\n0 0\r\n'))
  assert.equal(await field('lone', '{.status.phase}'), 'Running')
})

test('what is typed into exec -it is resized with its terminal, and a kubelet that dies hangs nobody up [POD-4] [POD-5]', async () => {
  await create(pod('kept', { ...sh(`trap 'echo resized' WINCH; ${SLEEP.replace('exec ', '')}`), stdin: true, tty: true }))
  await whenReady('kept')
  const inside = terminal(`${cluster.kubectlPath} exec -it kept -- sh`)
  inside.type('stty size\n')
  await inside.shows(/30 100$/m)
  inside.type('exit\n')
  assert.equal(await inside.ended, 0)
  await cluster.kill('node-agent')
  await eventually(() => cluster.kubectl('exec kept -- true'))
  const again = terminal(`${cluster.kubectlPath} exec -it kept -- sh`)
  again.type('tty\n')
  await again.shows(/\/dev\/pts\/\d+$/m)
  again.type('exit\n')
  assert.equal(await again.ended, 0)
  assert.equal(await field('kept', '{.status.containerStatuses[0].restartCount}'), '0')
})

test('a client that has said everything leaves a program that reads on for the next one [POD-5]', async () => {
  const run = 'run open -i --quiet --restart=Never --image=host --leave-stdin-open --'
  await cluster.kubectlWords([...run.split(' '), 'sh', '-c', 'while read line; do echo got $line; done; echo over'], 'one\n')
  await cluster.kubectlWords(['attach', '-i', '--quiet', 'open'], 'two\n')
  await eventually(async () => assert.equal(await cluster.kubectl('logs open'), 'got one\ngot two\n'))
  assert.equal(await field('open', '{.status.phase}'), 'Running')
})

const ANSWERS = `require('net').createServer((socket) => socket.end('six')).listen(80, '::1', () => console.log('listens'))`

test('port-forward reaches what listens on ::1 alone [POD-5]', async () => {
  await create(pod('six', { command: [process.execPath, '-e', ANSWERS] }))
  await whenReady('six')
  await eventually(async () => assert.equal(await cluster.kubectl('logs six'), 'listens\n'))
  const forwarding = spawn(await kubectlPath('1.36'), ['port-forward', 'six', ':80'], { env: cluster.env })
  try {
    const [line] = (await once(createInterface(forwarding.stdout), 'line')) as [string]
    const port = Number(/^Forwarding from 127.0.0.1:(\d+)/.exec(line)?.[1])
    assert.equal(await text(connect(port, '127.0.0.1')), 'six')
  } finally {
    forwarding.kill()
  }
})
