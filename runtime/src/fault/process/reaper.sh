# Kills what a test's process leaves behind when it is gone. Plain sh and its own commands; `grep` and, where there is
# no /proc, `ps`.
# $1: what the environment of each of its processes holds   $2: /proc
# stdin: `+ PID STARTED` of a process that was started, `- PID STARTED` of one that has ended; its end is the test's.
trap '' HUP INT QUIT TERM TSTP TTIN TTOU PIPE
mark=$1 proc=$2
roots=' '
while read -r what pid started; do
    case $what in
    +) roots="$roots$pid:$started " ;;
    -) case $roots in *" $pid:$started "*) roots="${roots%% $pid:$started *} ${roots#* $pid:$started }" ;; esac ;;
    esac
done

# All processes that have not ended, as PID:PARENT:GROUP:STARTED.
processes() {
    table=
    if [ ! -r "$proc/self/stat" ]; then
        table=$(ps -A -o pid= -o ppid= -o pgid= -o stat= | while read -r pid parent group state; do
            case $state in Z*) ;; *) echo "$pid:$parent:$group:-" ;; esac
        done)
        return
    fi
    for stat in "$proc"/[0-9]*/stat; do
        line=
        # The program's name may hold anything, even ends of lines and parentheses.
        { while IFS= read -r part || [ -n "$part" ]; do line="$line$part "; done; } < "$stat" || continue
        pid=${stat%/stat}
        pid=${pid##*/}
        set -- ${line##*) }
        case $1 in '' | Z | X) ;; *) table="$table $pid:$2:$3:${20}" ;; esac
    done
}

# The ids of the processes that were started and of their descendants, between spaces: $family.
look() {
    processes
    marked=' '
    for file in $(grep -ls -e "$mark" "$proc"/[0-9]*/environ); do
        file=${file%/environ}
        marked="$marked${file##*/} "
    done
    # An id that is another's by now: the group of this id is gone as well.
    for row in $table; do
        pid=${row%%:*} started=${row##*:}
        case $roots in
        *" $pid:$started "*) ;;
        *" $pid:"*) rest=${roots#* "$pid":}; roots="${roots%% "$pid":*} ${rest#* }" ;;
        esac
    done
    family=' ' more=yes
    while [ -n "$more" ]; do
        more=
        for row in $table; do
            pid=${row%%:*} rest=${row#*:}
            parent=${rest%%:*} rest=${rest#*:}
            group=${rest%%:*}
            case $family in *" $pid "*) continue ;; esac
            case $roots in *" $pid:"* | *" $group:"*) family="$family$pid " more=yes; continue ;; esac
            case $marked in *" $pid "*) family="$family$pid " more=yes; continue ;; esac
            case $family in *" $parent "*) family="$family$pid " more=yes ;; esac
        done
    done
}

# Stopped first, so that none escapes by forking; killed until none is left.
rounds=0
while [ "$rounds" -lt 50 ]; do
    rounds=$((rounds + 1))
    stopped=' ' new=yes
    while [ -n "$new" ]; do
        new=
        look
        for pid in $family; do
            case $stopped in *" $pid "*) ;; *) new="$new $pid" stopped="$stopped$pid " ;; esac
        done
        [ -z "$new" ] || kill -s STOP $new
    done
    [ "$stopped" != ' ' ] || exit 0
    kill -s KILL $stopped
    sleep 0.1 || sleep 1
done
