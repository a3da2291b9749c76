/**
 * The process that every container has above it, a few lines of sh(1) in a mount namespace of its own: so the root
 * file system's mount is nobody else's and goes when the last process does.
 *
 * Arguments: the folder, the container's id, crun's state folder, the layers, the log, what standard input is (`pipe`, `null` or
 * `terminal`), and for a container whose
 * use is limited the cgroup.procs files and the file in which the kernel counts whom it killed.
 * Leaves behind: `pid` when the program was started, `exit` with its exit code at the end, `error` with what crun or
 * mount had to say, `kills` with that count. Their modification times are the container's times.
 *
 * A pipe for standard input stays open until USR1 comes: the write end is held here, so that neither the kubelet's
 * end nor a client that goes away makes the program read an end of file.
 *
 * A terminal is the container's own. crun wants another one to pass it on to, which script(1) makes: so it has no end in a kubelet,
 * whose death would hang it up.
 */
export const WRAPPER = `
cd "$1" || exit 1
stdin=/dev/null
if [ "$6" != null ]; then
  mkfifo stdin
  exec 3<>stdin
  stdin=stdin
  trap 'exec 3>&-; interrupted=yes' USR1
fi
echo $$ >wrapper
enter() {
  for file in $1; do echo 0 >$file || return; done
  # Whoever watches over the program is the last to be killed for it, where that may be said.
  [ -z "$1" ] || { echo -1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
}
start() {
  mount -t overlay overlay -o "lowerdir=$4,upperdir=upper,workdir=work" root 2>error || return 128
  (
    enter "$7" 2>error || exit 128
    exec <$stdin >>"$5" 2>&1 3>&-
    export STATE="$3" ID="$2" SHELL=/bin/sh
    run='exec crun --root "$STATE" --cgroup-manager=disabled --log error run --pid-file pid "$ID"'
    [ "$6" != terminal ] || exec script --quiet --return --command "stty raw -echo; $run" /dev/null
    eval "$run"
  ) &
  wait $!
  code=$?
  # The signal ends the wait, and not the program: 138 is 128 + USR1.
  while [ "$interrupted" ] && [ $code = 138 ]; do
    interrupted=
    wait $!
    code=$?
  done
  return $code
}
start "$@"
code=$?
if [ "$8" ]; then
  cat "$8" >kills
  for file in $7; do rmdir "\${file%/*}"; done 2>/dev/null
fi
echo $code >exit
`
