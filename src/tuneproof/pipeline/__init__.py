"""The order of the walk, and nothing else. Only this room looks plug-ins up by name.

1. `spec.experiment`   the file becomes an `Experiment`                                       (`assemble`)
2. `spec.lock`         how it stands to what was registered                                   (`assemble`)
3. `stages.load`       evalset files become evalsets                                          (`assemble`)
4. `stages.register`   each criterion says what must be shown; the family of tests is fixed   (`assemble`)
5. `stages.plan`       evalsets x systems become requests                                     (`assemble`)
   ... until here nothing was spent, and everything that is wrong with the input was said ...
6. `stages.collect`    requests become completions, evalsets with `abort` criteria first      (`collecting`)
   `stages.consult`    where graders ask judges: answers become questions, replies marks      (`hearing`)
   `stages.labels`     what people said of the same answers finds them                        (`people`)
7. `stages.grade`      completions become scores                                              (`walk`, `again`)
8. `stages.tabulate`   scores become dense tables                                             (`walk`, `again`)
9. `stages.estimate`   tables become evidence                                                 (`conclude`)
10. `stages.decide`    evidence becomes findings and verdicts                                 (`conclude`)
    `stages.calibrate` how far judges agree with people, for the reader                       (`people`)
11. `stages.present`   a dossier becomes texts                                                (`conclude`)
"""
