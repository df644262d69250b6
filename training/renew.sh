#!/usr/bin/env bash
# Make the recorded runs and studies anew, with the command line and the embedded pair.
set -eu
cd "$(dirname "$0")/.."
run() { python -m specviz "$@"; }
run decode --prompt "Once upon a time, there was a little fox who lived near a river." --capacity 32 --depth 8 \
    --max-new-tokens 96 --seed 7 --trace assets/traces/story.json.gz > /dev/null
run decode --prompt $'Question: Anna has 12 apples. She gives 5 apples to her friend and buys 8 more. How many apples does she have now?\nSolution:' \
    --drafter race_tau_star --verifier shared_race --capacity 16 --depth 6 --max-new-tokens 80 --seed 3 \
    --trace assets/traces/sum.json.gz > /dev/null
run decode --prompt $'def is_prime(number: int) -> bool:\n' --drafter iid_sequences --verifier recursive_rejection \
    --capacity 24 --drafts 4 --depth 6 --max-new-tokens 96 --seed 5 --trace assets/traces/code.json.gz > /dev/null
if [ "${1:-}" != "runs" ]; then
    run laws --out assets/laws/recorded.npz
    every=1,2,4,8,16,32,64,128,256,512,1024
    for temperature in 0.7 1.0; do
        run limits --temperature "$temperature" --depth 24 --drafts 8 --max-new-tokens 64 --capacities "$every" \
            --out "assets/limits/temperature_$temperature.json.gz" > /dev/null
        # Other k, for the one strategy that reads it.
        for k in 2 4; do
            run limits --temperature "$temperature" --depth 24 --drafts "$k" --max-new-tokens 64 --capacities "$every" \
                --drafters iid_sequences --out "assets/limits/temperature_${temperature}_k_$k.json.gz" > /dev/null
        done
    done
    # Races: acceptance by rank, and four shapes of tree under two rules.
    for temperature in 0.7 1.0; do
        run races --laws assets/laws/recorded.npz --temperature "$temperature" \
            --out "assets/tables/race_family_$temperature.json.gz" \
            --out-ranks "assets/tables/race_family_ranks_$temperature.json.gz" > /dev/null
    done
    run acceptance --laws assets/laws/recorded.npz --out assets/tables/acceptance.json.gz
    # Rejections: exact rules at two temperatures, and the relaxed rule.
    for temperature in 0.7 1.0; do
        run rejections --repeats 40 --temperature "$temperature" --depth 8 \
            --out "assets/tables/rejections_$temperature.json.gz" > /dev/null
    done
    slack=$(printf ',relaxed(epsilon=%s)' 0 0.01 0.03 0.1 0.3 1)
    run rejections --repeats 10 --temperature 1.0 --depth 8 --verifiers "${slack#,}" \
        --out assets/tables/rejections_relaxed.json.gz > /dev/null
    OMP_NUM_THREADS=1 python -m benchmarks.pass_times
fi
# Compare: five comparisons, and what four methods' output looks like against the target's law.
compare() {
    name=$1 methods=$2
    OMP_NUM_THREADS=1 run compare --prompt "Tom and his dog Rex went to the park to play." --methods "$methods" --depth 8 \
        --max-new-tokens 64 --seed 16 --seeds 8 --temperature 0.7 --record "assets/comparisons/$name" > /dev/null
}
plain="prompt_lookup+sample_and_look@0"
compare story "prompt_lookup+shared_race@0,chain+token@2x4,race_dynamic+shared_race@16x4,best_first+sample_and_look@16x4"
compare one_text_any_P \
    "prompt_lookup+shared_race@0,chain+shared_race@2x4,race_tau_star+shared_race@8x4,race_dynamic+shared_race@16x4"
compare chain_or_tree "$plain,chain+token@8x4,sequoia+traversal@8x2,iid_sequences+k_seq@8x2"
compare token_or_block "$plain,chain+token@8x4,chain+block@8x4"
compare exact_or_relaxed "$plain,chain+token@8x4,chain+relaxed@8x4,chain+relaxed(epsilon=1)@8x4"
check() {
    name=$1 drafter=$2 verifier=$3 capacity=$4
    run check --prompt "Once upon a time, there was a little fox who lived near a river." --position 6 --temperature 1.0 \
        --draws 2000 --seed 1 --depth 4 --drafter "$drafter" --verifier "$verifier" --capacity "$capacity" \
        --out "assets/comparisons/check_$name.json.gz" > /dev/null
}
check exact chain token 8
check bug chain forgets_the_residual 8
check slack chain "relaxed(epsilon=0.1)" 8
check tree sequoia traversal 16
# Sweep: four methods at three P on the presets, three seeds; once with shared work, once with every run by itself.
sweep() {
    rm -f "$1" # else the command goes on with it
    OMP_NUM_THREADS=1 run sweep --capacities 4,16,64 --seeds 3 --depth 8 --max-new-tokens 64 --temperature 0.7 \
        --methods chain+token,sequoia+traversal,best_first+shared_race,race_dynamic+shared_race --out "$@" > /dev/null
}
sweep assets/sweeps/presets.parquet
sweep assets/sweeps/presets_each_run_alone.parquet --separate
# Probe: the recorded runs read by both models, twelve prompts beside plain decoding, advice for one.
OMP_NUM_THREADS=1 run probe --capacity 4 --depth 3 --max-new-tokens 96 --temperature 0.7 --traces assets/traces \
    --out assets/probe > /dev/null
