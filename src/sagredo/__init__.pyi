from sagredo.domains.expressions.domain import Expressions as Expressions
from sagredo.faces.estimator import SymbolicRegressor as SymbolicRegressor
from sagredo.faces.induce import induce as induce
from sagredo.faces.model_file import load_model as load_model
from sagredo.faces.model_file import save_model as save_model
from sagredo.faces.result import Result as Result
from sagredo.faces.session import Session as Session
from sagredo.problem.build import problem_from as problem_from
from sagredo.problem.build import problem_from_arrays as problem_from_arrays
from sagredo.problem.errors import InvalidInput as InvalidInput
from sagredo.problem.problem import Problem as Problem

__version__: str
