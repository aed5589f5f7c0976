# Says each second how much is done.
step=0
while [ "$step" -lt 60 ]; do
  step=$((step + 1))
  echo "step $step of 60"
  sleep 1
done
